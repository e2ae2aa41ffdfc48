/**
 * Whether a host can only be this machine (or pod).
 *
 * @param host a name or address, IPv6 without brackets
 */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
}
