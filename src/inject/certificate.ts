import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A certificate and its matching private key. */
export interface KeyPair {
  /** PEM, with the chain of the file. */
  readonly cert: string;
  readonly key: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export interface CertificateFilesOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** Called with each new pair, except the first. */
  readonly onChange: (pair: KeyPair) => void;
  /** Called once for each new reason why the files are unusable. */
  readonly onProblem: (why: string) => void;
  /** Interval between reads, in milliseconds. Default 5,000. */
  readonly everyMs?: number;
}

/**
 * Reads a certificate and its key from files periodically, so that a rotation (cert-manager, Helm) needs no restart.
 * Compares the contents, because Kubernetes swaps a symbolic link and other tools write in place. Two files do not change
 * at once, so a pair that does not match is ignored and the last one stays in use.
 */
export class CertificateFiles {
  readonly #options: CertificateFilesOptions;
  #current: KeyPair;
  #problem = '';
  readonly #timer: NodeJS.Timeout;
  #reading = false;
  #closed = false;

  private constructor(options: CertificateFilesOptions, first: KeyPair) {
    this.#options = options;
    this.#current = first;
    this.#timer = setInterval(() => void this.#reload(), options.everyMs ?? 5_000);
    this.#timer.unref();
  }

  /**
   * Reads the files and starts to watch them.
   *
   * @throws Error that names the unusable file and the reason
   */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    return new CertificateFiles(options, await readPair(options));
  }

  get current(): KeyPair {
    return this.#current;
  }

  /** Why the certificate is not valid now; `undefined` if it is valid. */
  problem(now = new Date()): string | undefined {
    const { validFrom, validTo } = this.#current;
    if (now > validTo) return `the certificate expired on ${validTo.toISOString()}`;
    if (now < validFrom) return `the certificate is not valid before ${validFrom.toISOString()}`;
    return undefined;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #reload(): Promise<void> {
    const { onChange, onProblem } = this.#options;
    // A slow reading could bring a former pair back after a later one.
    if (this.#reading) return;
    this.#reading = true;
    try {
      const pair = await readPair(this.#options);
      if (this.#closed) return;
      this.#problem = '';
      if (pair.cert === this.#current.cert && pair.key === this.#current.key) return;
      this.#current = pair;
      onChange(pair);
    } catch (error) {
      const { message } = error as Error;
      if (this.#closed || message === this.#problem) return;
      this.#problem = message;
      onProblem(message);
    } finally {
      this.#reading = false;
    }
  }
}

async function readPair({ certFile, keyFile }: CertificateFilesOptions): Promise<KeyPair> {
  // One after the other, so that the error is the same each time if both are missing.
  const cert = await readText(certFile);
  const key = await readText(keyFile);
  const certificate = parse(certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse(keyFile, 'private key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`The key in ${keyFile} is not that of the certificate in ${certFile}.`);
  return { cert, key, validFrom: certificate.validFromDate, validTo: certificate.validToDate };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function parse<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch {
    throw new Error(`${path} holds no PEM ${what}.`);
  }
}
