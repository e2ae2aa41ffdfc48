import { FIELD_CLASSES, type FieldClass, type FieldClassForm } from '../src/catalog/field-classes.ts';

const FORMS: readonly FieldClassForm[] = FIELD_CLASSES;
const SECONDS = /^[1-9]\d{0,5}$/;

/**
 * Reads the short form of a field class, as in the policy.
 *
 * @param kinds the resource kinds that the policy defines
 * @throws Error naming the accepted forms, or the known kinds
 * @example
 * readFieldClass('reference:run:lookup', new Set(['run'])); // { class: 'reference', kind: 'run', workspaces: 'lookup' }
 */
export function readFieldClass(text: string, kinds: ReadonlySet<string>): FieldClass {
  for (const { form, gives, argument } of FORMS) {
    const given = argumentIn(text, form);
    if (given === undefined) continue;
    if (argument === undefined) return gives as FieldClass;
    if (argument === 'kind' && !kinds.has(given)) {
      throw new Error(`"${text}" names an unknown resource kind; known: ${[...kinds].join(', ')}`);
    }
    if (argument === 'seconds' && !SECONDS.test(given))
      throw new Error(`"${text}" needs a whole number of seconds`);
    const { class: name, ...rest } = gives;
    return { class: name, [argument]: argument === 'seconds' ? Number(given) : given, ...rest } as FieldClass;
  }
  throw new Error(`"${text}" is not a field class; expected ${FORMS.map(({ form }) => form).join(' | ')}`);
}

/** The argument, if the text has the form; the empty string for a form without an argument. */
function argumentIn(text: string, form: string): string | undefined {
  const parts = text.split(':');
  const expected = form.split(':');
  if (parts.length !== expected.length) return undefined;
  let argument = '';
  for (const [i, part] of parts.entries()) {
    if (/^[A-Z]+$/.test(expected[i] ?? '')) argument = part;
    else if (part !== expected[i]) return undefined;
  }
  return argument === '' && /:[A-Z]/.test(form) ? undefined : argument;
}
