import { z } from 'zod';
import { ProblemsError } from '../../files/problems.ts';
import { LIMITS } from '../../limits.ts';
import { memberPath, readJsonFile } from '../../request/json/configuration-file.ts';
import { type DenyEntry, DenyList } from './deny-list.ts';
import { readTime } from './read-time.ts';

/** The deny list is unusable. */
export class DenyListError extends ProblemsError {
  override readonly name = 'DenyListError';

  constructor(problems: readonly string[]) {
    super('The deny list is unusable', problems);
  }
}

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.trim() !== '', 'must not be blank');

const time = z.string().transform((value, context) => {
  const at = readTime(value);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'must be a time such as 2026-11-27T18:30:00Z (RFC 3339)' });
  return z.NEVER;
});

const fileSchema = z.strictObject({
  denied: z
    .array(
      z.strictObject({
        issuer: text(4_096),
        subject: text(LIMITS.subjectLength.value).optional(),
        tokenId: text(4_096).optional(),
        issuedBefore: time.optional(),
        until: time.optional(),
        comment: z.string().max(1_000).optional(),
      }),
    )
    .max(
      LIMITS.denyListEntries.value,
      `may have at most ${LIMITS.denyListEntries.value} entries; remove those whose tokens have expired`,
    ),
});

/**
 * Reads a deny list: JSON with the one property `denied`, a list of entries. Strict: unknown and repeated keys, entries that deny
 * everything of an issuer without a time, and two entries for the same caller or token are refused, and reported together.
 *
 * @param contents the file's contents
 * @throws DenyListError with every problem found
 * @see docs/ending-access.md
 * @example
 * parseDenyList('{"denied":[{"issuer":"https://idp.example","subject":"mallory","comment":"laptop stolen"}]}');
 */
export function parseDenyList(contents: string): DenyList {
  const parsed = fileSchema.safeParse(
    readJsonFile(contents, 'deny list', (problem) => new DenyListError([problem])),
  );
  if (!parsed.success) {
    throw new DenyListError(
      parsed.error.issues.map((issue) => `${memberPath(issue.path, 'deny list')}: ${issue.message}`),
    );
  }
  const entries: readonly DenyEntry[] = parsed.data.denied;
  const problems = [...entries.flatMap(meaning), ...repeated(entries)];
  if (problems.length > 0) throw new DenyListError(problems);
  return new DenyList(entries);
}

function meaning({ subject, tokenId, issuedBefore }: DenyEntry, i: number): string[] {
  const at = `denied[${i}]`;
  if (tokenId !== undefined && (subject ?? issuedBefore) !== undefined)
    return [`${at}: tokenId names one token; remove subject and issuedBefore`];
  if (tokenId === undefined && subject === undefined && issuedBefore === undefined)
    return [
      `${at}: needs subject, tokenId or issuedBefore; to end a whole issuer, remove it from the identity configuration`,
    ];
  return [];
}

/** Two entries for one caller or token: one of them would be ignored. */
function repeated(entries: readonly DenyEntry[]): string[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ issuer, subject, tokenId }, i) => {
    const key = JSON.stringify([issuer, subject ?? null, tokenId ?? null]);
    const before = first.get(key);
    if (before === undefined) first.set(key, i);
    return before === undefined ? [] : [`denied[${i}]: is for the same caller or token as denied[${before}]`];
  });
}
