import type { Browser } from 'playwright-core';
import { launchChromium } from '../../harness/chromium.ts';
import { type Role, type Stack, startStack } from '../../harness/stack.ts';
import { EVERYWHERE, UNDER_TAGS } from './expected-errors.ts';
import { Visit } from './session.ts';
import { makeTeams, NAMES, type Team, tenantOf } from './tenants.ts';

export type Strategy = 'workspaces' | 'tags';

/** Two teams, their work, and browsers for them. */
export interface Office {
  readonly stack: Stack;
  readonly strategy: Strategy;
  readonly teams: readonly [Team, Team];
  /** A browser of its own for somebody of a team. */
  sit(team: Team, role: Role): Promise<Visit>;
  /** The same with headers of one's own, or none, and maybe at another gateway. */
  sitAs(team: Team, headers: Readonly<Record<string, string>>, gateway?: string): Promise<Visit>;
  stop(): Promise<void>;
}

/**
 * Starts a gateway before a real MLflow with one of the strategies, has two teams work, and starts Chromium.
 *
 * @throws {Error} when any of it does not start; what had started is stopped
 * @example
 * const office = await openOffice('tags');
 * const visit = await office.sit(office.teams[0], 'viewer');
 */
export async function openOffice(
  strategy: Strategy,
  env: Readonly<Record<string, string>> = {},
): Promise<Office> {
  const tenants = NAMES.map(tenantOf);
  const stack = await startStack({ auth: 'oidc', workspaces: strategy === 'workspaces', tenants, env });
  let browser: Browser | undefined;
  const visits: Visit[] = [];
  const stop = async (): Promise<void> => {
    for (const visit of visits) await visit.end();
    await browser?.close();
    await stack.stop();
  };
  try {
    const [teams, started] = await Promise.all([makeTeams(stack), launchChromium([])]);
    browser = started;
    const sitAs: Office['sitAs'] = async (team, headers, gateway = stack.gateway.address) => {
      const other = teams.find((one) => one !== team)!;
      const workspace = strategy === 'workspaces' ? team.tenant : undefined;
      const expected = strategy === 'tags' ? [...EVERYWHERE, ...UNDER_TAGS] : EVERYWHERE;
      const visit = await Visit.begin(started, { team, other, gateway, headers, workspace, expected });
      visits.push(visit);
      return visit;
    };
    const sit: Office['sit'] = async (team, role) => sitAs(team, await stack.headersFor(team.tenant, role));
    return { stack, strategy, teams, sit, sitAs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
