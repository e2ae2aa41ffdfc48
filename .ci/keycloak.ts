/** Fetches Keycloak, if it is not there yet, and prints its folder. */
import { keycloakHome } from '../dev/keycloak.ts';

console.log(await keycloakHome());
