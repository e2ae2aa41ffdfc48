import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { requireCertificates } from './authorities.ts';

/** The oldest version of TLS that the gateway speaks, to callers and to MLflow; also against `NODE_OPTIONS`. */
export const MIN_TLS_VERSION = 'TLSv1.2';

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  /** The certificate, followed by its chain. */
  readonly cert: string;
  readonly key: string;
}

/**
 * Checks that a key belongs to a certificate and that OpenSSL uses both: short keys and old signatures are refused.
 *
 * @param cert PEM: the certificate first, then its chain
 * @param key PEM, without a passphrase
 * @throws Error with the reason, to follow the name of the key's file
 * @example
 * const pair = requireKeyPair(certificate, key);
 */
export function requireKeyPair(cert: string, key: string): KeyPair {
  const privateKey = requirePrivateKey(key);
  if (!new X509Certificate(requireCertificates(cert)).checkPrivateKey(privateKey))
    throw new Error('it is not the key of the first certificate in the certificate file');
  try {
    createSecureContext({ cert, key, minVersion: MIN_TLS_VERSION });
  } catch (error) {
    throw new Error(`OpenSSL refuses it with its certificate (${(error as Error).message})`);
  }
  return { cert, key };
}

function requirePrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's reason would need a glossary, and a key must not reach the log.
    throw new Error('it holds no PEM private key without a passphrase');
  }
}
