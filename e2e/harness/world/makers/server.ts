import type { Makers } from '../family.ts';

/** Server-owned resources, and resources that no API makes. */
export const SERVER: Makers = {
  job: async (family) => family.owner.seed('job', await family.id('experiment')),

  workspace: async (family) => family.owner.tenant,

  'spare-workspace': (family) => family.owner.seed('workspace'),

  /** A file of MLflow's user interface. */
  'static-file': async (family) => {
    const { text } = await family.do('getUi');
    return /src="static-files\/([\w./-]+\.js)/.exec(text)![1]!;
  },
};
