/** Fetches Keycloak unless it exists, and prints its folder. */
import { keycloakHome } from '../dev/keycloak.ts';

console.log(await keycloakHome());
