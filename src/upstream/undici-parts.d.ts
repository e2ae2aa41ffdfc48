/** Types of the parts of undici that the gateway loads one by one: its entry loads five times as much, fetch and WebSocket among it. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}
declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici';
}
