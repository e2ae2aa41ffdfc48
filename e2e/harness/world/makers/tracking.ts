import type { Makers } from '../family.ts';
import { createExperiment, createLoggedModel, createRun } from '../resources.ts';
import { alongWith, note, upload } from './maker.ts';

/** Experiments, runs, logged models. */
export const TRACKING: Makers = {
  experiment: async (family) => {
    const name = family.name('experiment');
    family.learn('experiment-name', name);
    return createExperiment(family.send, { name, tags: [note(family)] });
  },

  'experiment-name': alongWith('experiment', 'experiment-name'),

  run: async (family) => {
    const { run_id, artifact_uri } = await createRun(family.send, {
      experiment_id: await family.id('experiment'),
      run_name: family.name('run'),
      start_time: 1_700_000_000_000,
      tags: [note(family)],
    });
    family.learn('run-artifacts', artifact_uri);
    await family.do('logBatch', {
      body: {
        run_id,
        metrics: [{ key: 'accuracy', value: 0.5, timestamp: 1_700_000_000_000, step: 0 }],
        params: [{ key: 'note', value: family.text('param') }],
        tags: [{ key: 'second', value: family.text('tag') }],
      },
    });
    return run_id;
  },

  /** The run's artifact URI, with `secret.txt` and `model/MLmodel` below it. */
  'run-with-files': async (family) => {
    const run = await family.id('run');
    const uri = await family.id('run-artifacts');
    await upload(family, uri, 'secret.txt', 'artifact');
    await upload(family, uri, 'model/MLmodel', 'model artifact');
    return run;
  },

  'run-artifacts': alongWith('run', 'run-artifacts'),

  'logged-model': async (family) => {
    const { model_id, artifact_uri } = await createLoggedModel(family.send, {
      experiment_id: await family.id('experiment'),
      name: family.name('model').replaceAll('.', '-'),
      source_run_id: await family.id('run'),
      params: [{ key: 'note', value: family.text('param') }],
      tags: [note(family)],
    });
    family.learn('logged-model-artifacts', artifact_uri);
    await upload(family, artifact_uri, 'secret.txt', 'model artifact');
    return model_id;
  },

  'logged-model-artifacts': alongWith('logged-model', 'logged-model-artifacts'),
};
