/**
 * tinyproxy#616: `Transfer-Encoding: chunked,` (an empty element of the list) was not read as chunked, and the body
 * stayed on the connection as the next request.
 */
import { expect, it } from 'vitest';
import { attackWith, HIDDEN } from '../testing/smuggling.ts';

it.each(['chunked,', ',chunked', 'chunked ,', 'chunked,,', ', chunked ,'])(
  '%j is one request or none',
  async (coding) => {
    const chunk = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
    const { received, statuses } = await attackWith(
      `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: ${coding}\r\n\r\n${chunk}`,
    );
    expect(statuses[0]).toBe('400');
    expect(received).toBe('');
  },
);
