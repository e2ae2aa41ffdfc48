import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DemoIdp, startDemoIdp } from '../../../dev/demo-idp.ts';
import { type Fetch, fetcher } from '../../../dev/http.ts';
import type { Peers } from '../install.ts';
import { createUsers, type Person, personsOf } from '../people.ts';
import {
  startBasicAuth,
  startBundledGateway,
  startOauth2Proxy,
  startOidcAuth,
  startPlainMlflow,
} from '../servers.ts';
import { CROSS_REQUESTS, type CrossRequest } from './requests.ts';
import { createVictim } from './victim.ts';

/** The reaction of a product to one request of another team. */
export interface Verdict {
  readonly request: string;
  readonly group: CrossRequest['group'];
  /** `not served`: the owner cannot do it through the product either, so that a refusal proves nothing. */
  readonly verdict: 'refused' | 'leaks' | 'not served';
  /** The status of the response to the other team. */
  readonly status: number;
}

/** A product, with the people's permissions as its documentation describes. */
export interface LeakResult {
  readonly product: string;
  readonly verdicts: readonly Verdict[];
}

/** A product that serves. */
interface Product {
  readonly name: string;
  /** Requests as a person. */
  as(person: Person): Fetch;
  stop(): Promise<void>;
}

/**
 * Sends the requests of Bob's team for resources of Alice's team through each product in front of (or inside) a real MLflow, and counts
 * which reach them. Each request is also sent by its owner: only one that works for its owner counts as refused.
 */
export async function measureLeaks(
  dir: string,
  peers: Peers,
  progress: (line: string) => void,
): Promise<readonly LeakResult[]> {
  mkdirSync(dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const [alice, bob] = await personsOf(idp);
    const results: LeakResult[] = [];
    for (const start of productsOf(dir, peers, idp, [alice, bob])) {
      const product = await start();
      progress(`leaks: ${product.name}`);
      const verdicts = await judge(product.as(alice), product.as(bob));
      results.push({ product: product.name, verdicts });
      await product.stop();
    }
    return results;
  } finally {
    await idp.stop();
  }
}

async function judge(alice: Fetch, bob: Fetch): Promise<readonly Verdict[]> {
  const [hers, othersOfHers, his] = [
    await createVictim(alice),
    await createVictim(alice),
    await createVictim(bob),
  ];
  const verdicts: Verdict[] = [];
  for (const { name, group, reaches } of CROSS_REQUESTS) {
    // A write needs resources of its own: it may end them.
    const victim = group === 'writes' ? await createVictim(alice) : hers;
    const { reached, status } = await reaches(bob, victim, his, alice);
    const works = reached || (await reaches(alice, victim, othersOfHers, alice)).reached;
    verdicts.push({
      request: name,
      group,
      verdict: reached ? 'leaks' : works ? 'refused' : 'not served',
      status,
    });
  }
  return verdicts;
}

function productsOf(
  dir: string,
  peers: Peers,
  idp: DemoIdp,
  people: readonly Person[],
): readonly (() => Promise<Product>)[] {
  const withTokens =
    (address: string) =>
    ({ bearer }: Person): Fetch =>
      fetcher(address, { authorization: bearer });
  const at = ({ port }: { port: number }): string => `http://127.0.0.1:${port}`;
  const gateway = (tenancy: 'tags' | 'workspaces') => async (): Promise<Product> => {
    const mlflow = await startPlainMlflow(join(dir, tenancy), tenancy === 'workspaces');
    if (tenancy === 'workspaces') {
      for (const { team } of people)
        await mlflow.fetch('/api/3.0/mlflow/workspaces', { json: { name: team } });
    }
    const { contender, stop } = await startBundledGateway(
      'g',
      mlflow.address,
      join(dir, `g-${tenancy}`),
      idp,
      tenancy,
    );
    return {
      name: `mlflow-gateway, strategy ${tenancy}`,
      as: withTokens(at(contender.target)),
      stop: async () => {
        await stop();
        await mlflow.stop();
      },
    };
  };
  const basicAuth = (name: string, others: 'READ' | 'NO_PERMISSIONS') => async (): Promise<Product> => {
    // The cache of verified passwords changes no decision, and saves most of the time.
    const { address, stop } = await startBasicAuth(join(dir, `b-${others}`), { cached: true, others });
    await createUsers({ address }, people);
    return { name, as: ({ basic }) => fetcher(address, { authorization: basic }), stop };
  };
  return [
    async () => {
      const mlflow = await startPlainMlflow(join(dir, 'o'), false);
      const { contender, stop } = await startOauth2Proxy('o', peers, mlflow.address, join(dir, 'o'), idp);
      return {
        name: 'oauth2-proxy',
        as: withTokens(at(contender.target)),
        stop: async () => {
          await stop();
          await mlflow.stop();
        },
      };
    },
    basicAuth('basic-auth as it ships', 'READ'),
    basicAuth('basic-auth', 'NO_PERMISSIONS'),
    async () => {
      const { address, stop } = await startOidcAuth(join(dir, 'd'), idp);
      return { name: 'mlflow-oidc-auth', as: withTokens(address), stop };
    },
    gateway('tags'),
    gateway('workspaces'),
  ];
}
