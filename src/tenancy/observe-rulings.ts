import type { Ruling } from './ruling.ts';
import type { TenancyStrategy } from './tenancy-strategy.ts';

/**
 * A strategy whose rulings are shown to an observer before they are settled, for `mlflow-gateway explain`.
 *
 * @example
 * observeRulings(strategy, (ruling) => questions.push(...ruling.questions));
 */
export function observeRulings(
  strategy: TenancyStrategy,
  observe: (ruling: Ruling) => void,
): TenancyStrategy {
  return {
    name: strategy.name,
    judge: (request) => {
      const ruling = strategy.judge(request);
      observe(ruling);
      return ruling;
    },
    settle: (ruling) => strategy.settle(ruling),
    ...(strategy.hiddenTag && { hiddenTag: strategy.hiddenTag.bind(strategy) }),
    ...(strategy.isOwn && { isOwn: strategy.isOwn.bind(strategy) }),
  };
}
