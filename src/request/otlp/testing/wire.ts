/**
 * A length-delimited field of protobuf, written by hand, without the code under test.
 *
 * @param tag the field's number and wire type, as one byte
 */
export function field(tag: number, bytes: Buffer): Buffer {
  const size: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    if (left < 128) {
      size.push(left);
      break;
    }
    size.push((left & 127) | 128);
  }
  return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
}
