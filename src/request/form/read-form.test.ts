import { describe, expect, it } from 'vitest';
import { readHeaders } from '../../http/headers.ts';
import { LIMITS } from '../../limits.ts';
import { isForm, readBoundary } from './boundary.ts';
import { readForm } from './read-form.ts';
import { writeForm } from './write-form.ts';

const PARTS = { fields: 'metadata', file: 'content' };
const part = (head: string, content: string): string => `--x7\r\n${head}\r\n\r\n${content}\r\n`;
const METADATA = part('Content-Disposition: form-data; name="metadata"', '{"a":1}');
const CONTENT = part(
  'content-disposition: form-data; name="content"; filename="a.tar.gz"\r\nContent-Type: application/gzip',
  'bytes',
);
const read = (text: string, boundary = 'x7') => readForm(Buffer.from(text, 'latin1'), boundary, PARTS);
const reasonOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { reason?: string }).reason ?? error;
  }
};

describe('readForm', () => {
  it.each([
    ['in this order', METADATA + CONTENT],
    ['in the other order', CONTENT + METADATA],
  ])('reads the two parts %s', (_, parts) => {
    for (const end of ['', '\r\n']) {
      const { fields, file } = read(`${parts}--x7--${end}`);
      expect([fields.toString(), file.toString()]).toEqual(['{"a":1}', 'bytes']);
    }
  });

  it('reads a file with line ends, boundaries of other forms and any byte', () => {
    const file = Buffer.concat([Buffer.from('\r\n--x8\r\n--x\r\n\n--x7'), Buffer.from([0, 255, 13, 10])]);
    const form = writeForm(PARTS, '{}', file);
    const boundary = form.type.slice('multipart/form-data; boundary='.length);
    expect(readForm(form.bytes, boundary, PARTS).file.equals(file)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no last boundary', METADATA + CONTENT],
    ['a form cut in a head', '--x7\r\nContent-Disposition: form-data'],
    ['a form cut after a boundary', '--x7'],
    ['text before the first part', `x\r\n${METADATA}${CONTENT}--x7--`],
    ['text after the last', `${METADATA}${CONTENT}--x7--\r\nx`],
    ['a part twice', `${METADATA}${METADATA}${CONTENT}--x7--`],
    ['a file twice', `${METADATA}${CONTENT}${CONTENT}--x7--`],
    ['no file', `${METADATA}--x7--`],
    ['no fields', `${CONTENT}--x7--`],
    ['no part', '--x7--'],
    ['a file without a name', `${METADATA}${CONTENT.replace('; filename="a.tar.gz"', '')}--x7--`],
    ['bare line feeds', `${METADATA}${CONTENT}--x7--`.replaceAll('\r\n', '\n')],
    ['a boundary in its line', `${METADATA}${CONTENT.replace('bytes', 'bytes\r\n--x7y')}--x7--`],
    ['a head that is folded', `${METADATA.replace('; name', ';\r\n name')}${CONTENT}--x7--`],
    ['a name without quotes', `${METADATA.replace('"metadata"', 'metadata')}${CONTENT}--x7--`],
    ['a name with an escape', `${METADATA.replace('"metadata"', '"meta\\data"')}${CONTENT}--x7--`],
    ['two names', `${METADATA.replace('"metadata"', '"metadata"; name="content"')}${CONTENT}--x7--`],
    ['an extended name', `${METADATA.replace('name=', "name*=utf-8''")}${CONTENT}--x7--`],
    ['an attachment', `${METADATA.replace('form-data', 'attachment')}${CONTENT}--x7--`],
    [
      'another field of a head',
      `${METADATA.replace('\r\n\r\n', '\r\nContent-Transfer-Encoding: base64\r\n\r\n')}${CONTENT}--x7--`,
    ],
    [
      'a field of a head twice',
      `${CONTENT.replace('Content-Type', 'Content-Type: a\r\nContent-Type')}${METADATA}--x7--`,
    ],
    ['a long head', `${METADATA.replace('"metadata"', `"${'m'.repeat(2_000)}"`)}${CONTENT}--x7--`],
  ])('refuses %s', (_, text) => {
    expect(reasonOf(() => read(text))).toBe('malformed_body');
  });

  it('refuses an unknown part and fields beyond their limit', () => {
    expect(reasonOf(() => read(`${METADATA.replace('metadata', 'organization')}${CONTENT}--x7--`))).toBe(
      'unknown_field',
    );
    const long = METADATA.replace('{"a":1}', 'x'.repeat(LIMITS.formFields.value + 1));
    expect(reasonOf(() => read(`${long}${CONTENT}--x7--`))).toBe('body_too_large');
  });
});

describe('readBoundary', () => {
  const headers = (type: string, ...more: string[]) => readHeaders(['content-type', type, ...more]);

  it.each([
    ['multipart/form-data; boundary=x7', 'x7'],
    ['Multipart/Form-Data;boundary="x:7";', 'x:7'],
    ['multipart/form-data; boundary=----WebKitFormBoundaryAbC', '----WebKitFormBoundaryAbC'],
  ])('reads %s', (type, boundary) => {
    expect(isForm(headers(type))).toBe(true);
    expect(readBoundary(headers(type))).toBe(boundary);
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="x7',
    'multipart/form-data; boundary=x 7',
    'multipart/form-data; boundary=x7; boundary=y8',
    'multipart/form-data; boundary=x7; charset=utf-16',
    'multipart/form-data; charset=utf-16; boundary=x7',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ])('refuses %s', (type) => {
    expect(reasonOf(() => readBoundary(headers(type)))).toBe('unsupported_media_type');
  });

  it('refuses a compressed form, and takes no other type for a form', () => {
    const compressed = headers('multipart/form-data; boundary=x7', 'content-encoding', 'gzip');
    expect(reasonOf(() => readBoundary(compressed))).toBe('unsupported_media_type');
    for (const type of ['application/json', 'multipart/mixed; boundary=x7', 'multipart/form-datax'])
      expect(isForm(headers(type))).toBe(false);
  });
});
