import type { Makers } from './maker.ts';

/** What belongs to the server, or is made past its API. */
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
