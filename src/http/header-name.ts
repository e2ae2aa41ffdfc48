/**
 * The one spelling of header names that some servers treat as equal: WSGI and CGI servers read `-`, `_` and (some) `.` as `_`, so
 * a caller's `X_Forwarded_User` would become the trusted `X-Forwarded-User`.
 *
 * @see https://nvd.nist.gov/vuln/detail/CVE-2025-64484
 * @example
 * foldHeaderName('X_Forwarded.User'); // 'x-forwarded-user'
 */
export function foldHeaderName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') || lower.includes('.') ? lower.replace(/[_.]/g, '-') : lower;
}
