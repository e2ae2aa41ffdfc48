import type { Among, SearchedIn } from '../catalog/types.ts';
import type { Reference, ResourceKey } from './reference.ts';

/** A place in MLflow's artifact storage that a request names. */
export interface StoragePlace {
  /** The field that names it, and the value there. */
  readonly at: string;
  readonly value: string;
  /** The place as a URI. */
  readonly uri: string;
  /** Resources that may keep their artifacts there: those whose ids stand in the URI, or are named beside it. */
  readonly candidates: readonly ResourceKey[];
  /** The request changes the directory, so that the directory of an experiment itself is not allowed. */
  readonly strictlyBelow: boolean;
  /** How the request names the place: a path of the artifact proxy, a URI to read from, or one to keep artifacts at. */
  readonly as: 'path' | 'source' | 'destination';
}

/** A question of the strategy `tags`. A refused answer ends the request, unless stated otherwise. */
export type TagsQuestion =
  /**
   * Creates the resource that the request would create by adding to it. MLflow lets one caller create a name, while adding
   * to a name could add to a resource that another tenant has created since.
   */
  | {
      readonly ask: 'create-first';
      readonly reference: Reference;
      readonly create: { readonly operation: string; readonly field: string };
      readonly tag: { readonly operation: string; readonly field: string };
    }
  /** Are all of these the caller's? */
  | { readonly ask: 'owned'; readonly references: readonly Reference[] }
  /** Do all of these exist already, and are the caller's? What is new in a shared experiment would have no owner. */
  | { readonly ask: 'owned-already'; readonly references: readonly Reference[] }
  /** Does each place lie in the artifacts of a resource of the caller's? */
  | { readonly ask: 'storage'; readonly places: readonly StoragePlace[] }
  /** Which of these are the caller's? The request is narrowed to them. */
  | {
      readonly ask: 'search-in';
      readonly references: readonly ResourceKey[];
      readonly searchedIn: SearchedIn;
    }
  /** Which resources of the kind are the caller's? The filter is narrowed to their names. */
  | { readonly ask: 'list-owned'; readonly among: Among }
  /** Does the container, which the request names by a field of its own, have these? */
  | {
      readonly ask: 'inside';
      readonly references: readonly Reference[];
      readonly container: { readonly field: string; readonly id: string };
    }
  /** Are all of these outside of shared experiments? */
  | { readonly ask: 'not-shared'; readonly field: string; readonly references: readonly Reference[] }
  /** Which of these headers name a resource of the caller's? The others are not sent. */
  | { readonly ask: 'optional-headers'; readonly references: readonly Reference[] };

/** A question of the strategy `workspaces`, about one workspace. */
export type WorkspacesQuestion =
  /** Does the workspace exist? It is created first where that is configured. */
  | { readonly ask: 'workspace' }
  /** Does the workspace have this resource? */
  | { readonly ask: 'exists'; readonly reference: Reference }
  /** Is each of these ids free in every other workspace? Asked on MLflow versions that let one workspace take over another's. */
  | { readonly ask: 'free-ids'; readonly references: readonly Reference[] }
  /** Does the URI lie in the artifacts of one of these resources of the workspace? */
  | {
      readonly ask: 'stored-beside';
      readonly at: string;
      readonly uri: string;
      readonly candidates: readonly ResourceKey[];
    };

/** A question that MLflow is asked before a request is sent, as data. Nothing is asked until the ruling is settled. */
export type Question = TagsQuestion | WorkspacesQuestion;
