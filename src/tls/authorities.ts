import { X509Certificate } from 'node:crypto';

/**
 * Checks a PEM text of certificates: at least one, each readable, and no private key beside them.
 *
 * @returns the text
 * @throws Error with the reason, to follow the file's name: `it holds no PEM certificate`
 * @example
 * const agent = new https.Agent({ ca: requireCertificates(text) });
 */
export function requireCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Error('it holds no PEM certificate');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw new Error('it holds a private key, which does not belong there');
  blocks.forEach((block, i) => {
    try {
      new X509Certificate(block);
    } catch {
      throw new Error(`certificate ${i + 1} in it cannot be read`);
    }
  });
  return pem;
}
