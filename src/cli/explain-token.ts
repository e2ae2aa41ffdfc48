import { readFileSync } from 'node:fs';
import { type Identity, makeIdentity } from '../assemble/identity.ts';
import { DenialError, REASONS } from '../denial.ts';
import { compileClaim, isSubject } from '../identity/claims.ts';
import { requireNotDenied } from '../identity/deny-list/require-not-denied.ts';
import type { Grant, Principal } from '../identity/principal.ts';
import { createLogger } from '../telemetry/log.ts';
import {
  describeGrant,
  type ExplainedValue,
  explainValues,
  type VerifiedClaims,
  valueLines,
} from './explained-values.ts';
import { CliError, type loadAll } from './load.ts';

/** The meaning of a token: the caller, the grants, and the effect of each value of its claims. */
export interface TokenExplanation {
  readonly decision: 'allow' | 'deny';
  readonly reason: string | null;
  readonly status: number | null;
  readonly message?: string | undefined;
  /** `null` if the token was not verified. */
  readonly issuer: string | null;
  /** `null` if the token was not verified, or has no valid one. */
  readonly subject: string | null;
  readonly platformAdmin: boolean;
  readonly grants: readonly Grant[];
  readonly values: readonly ExplainedValue[];
}

/** Longest wait for the provider's keys, to verify a token. */
export const KEYS_TIMEOUT_MS = 15_000;

/**
 * Verifies a token as the gateway does, and explains its grants. It fetches the issuers' keys, and sends an opaque token to the
 * introspection endpoint with the gateway's client secret, once.
 *
 * @throws CliError in mode `off`, and if the keys cannot be fetched
 */
export async function explainToken(
  { config, files }: ReturnType<typeof loadAll>,
  token: string,
): Promise<TokenExplanation> {
  if (config.auth.mode === 'off')
    throw new CliError(
      'The gateway reads no token in mode off (GW_AUTH_MODE): explain METHOD PATH --tenant NAME',
      2,
    );
  let verified: VerifiedClaims | undefined;
  const identity = makeIdentity(config, files, {
    log: createLogger({ level: 'silent' }),
    onClaims: (claims, issuer) => {
      verified = { claims, issuer };
    },
  });
  try {
    const outcome = await identifyOnceReady(identity, `Bearer ${token}`);
    const values = verified === undefined ? [] : explainValues(verified, identity.roles());
    if (outcome instanceof DenialError) return refused(outcome, verified, values);
    const { subject, issuer, grants, platformAdmin } = outcome;
    const all = [...grants.values()];
    return {
      decision: 'allow',
      reason: null,
      status: null,
      issuer,
      subject,
      platformAdmin,
      grants: all,
      values,
    };
  } finally {
    identity.close();
  }
}

function refused(
  { reason, message, status }: DenialError,
  verified: VerifiedClaims | undefined,
  values: readonly ExplainedValue[],
): TokenExplanation {
  const issuer = verified?.claims.iss;
  const subject = verified && compileClaim(verified.issuer.subjectClaim)(verified.claims);
  return {
    decision: 'deny',
    reason,
    status: status ?? REASONS[reason].status,
    message,
    issuer: typeof issuer === 'string' ? issuer : null,
    subject: isSubject(subject) ? subject : null,
    platformAdmin: false,
    grants: [],
    values,
  };
}

/** Waits for keys that are still being fetched. */
async function identifyOnceReady(
  { identifier, denyList }: Identity,
  authorization: string,
): Promise<Principal | DenialError> {
  const until = performance.now() + KEYS_TIMEOUT_MS;
  for (;;) {
    try {
      const principal = await identifier.identify({ authorization, tenant: undefined, subject: undefined });
      requireNotDenied(denyList(), principal, Date.now());
      return principal;
    } catch (error) {
      if (!(error instanceof DenialError)) throw error;
      if (error.reason !== 'keys_unavailable') return error;
      if (performance.now() > until)
        throw new CliError(`The token cannot be verified: ${whyNotReady(identifier)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function whyNotReady(identifier: Identity['identifier']): string {
  const state = identifier.ready();
  return state.ok ? (state.failing ?? []).join('; ') : state.why;
}

/** The explanation as lines of name and text. */
export function tokenLines(explained: TokenExplanation): [string, string][] {
  const { issuer, subject, platformAdmin, grants, values, decision, status, reason, message } = explained;
  return [
    ['issuer', issuer ?? 'unknown'],
    ['subject', subject ?? 'unknown'],
    ...valueLines(values),
    ...(decision === 'allow' ? grants : []).map((grant): [string, string] => [
      'result',
      describeGrant(grant),
    ]),
    ...(platformAdmin ? [['result', 'platform-admin in every tenant'] as [string, string]] : []),
    ['token', decision === 'allow' ? 'accepted' : `refused ${status} ${reason}`],
    ...(message === undefined ? [] : [['because', message] as [string, string]]),
  ];
}

/**
 * Reads the token of `--token` (`-`: standard input) or `--token-file`.
 *
 * @throws CliError if the file cannot be read, or is blank
 */
export function readToken(token: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined && token !== '-') return token;
  let text: string;
  try {
    text = readFileSync(file ?? 0, 'utf8').trim();
  } catch (error) {
    throw new CliError(`The token cannot be read: ${(error as Error).message}`);
  }
  if (text === '') throw new CliError(`${file ?? 'Standard input'} has no token`, 2);
  return text;
}
