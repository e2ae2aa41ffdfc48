import type { DemoIdp } from '../../dev/demo-idp.ts';
import { type Fetch, fetcher } from '../../dev/http.ts';
import { ADMIN } from './servers.ts';

/** A person, with credentials of each kind. */
export interface Person {
  readonly name: string;
  readonly team: string;
  /** The values of the header field `Authorization`. */
  readonly bearer: string;
  readonly basic: string;
  readonly password: string;
}

/** Alice of team-a and Bob of team-b. Their tokens have the claims that each of the peers reads. */
export async function personsOf(idp: DemoIdp): Promise<readonly [Person, Person]> {
  const person = async (name: string, team: string): Promise<Person> => {
    const token = await idp.token({
      sub: name,
      email: `${name}@example.com`,
      email_verified: true,
      name,
      groups: [team],
      tenant_id: team,
      // In the other products, the creator of a resource has every permission for it, including deletion.
      roles: ['admin'],
    });
    const password = `a-long-password-of-${name}`;
    return { name, team, password, bearer: `Bearer ${token}`, basic: basic(name, password) };
  };
  return [await person('alice', 'team-a'), await person('bob', 'team-b')];
}

/** Creates people in MLflow's basic-auth, as its administrator. */
export async function createUsers(
  { address }: { readonly address: string },
  people: readonly Person[],
): Promise<void> {
  const admin = asAdministrator(address);
  for (const { name, password } of people) {
    const answer = await admin('/api/2.0/mlflow/users/create', { json: { username: name, password } });
    if (!answer.ok) throw new Error(`users/create: ${answer.status} ${await answer.text()}`);
  }
}

/** Requests of the administrator of MLflow's basic-auth. */
function asAdministrator(address: string): Fetch {
  return fetcher(address, { authorization: basic(ADMIN.name, ADMIN.password) });
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
