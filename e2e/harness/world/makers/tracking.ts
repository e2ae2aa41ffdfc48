import { alongWith, type Makers, note, upload } from './maker.ts';

/** Experiments, runs, logged models. */
export const TRACKING: Makers = {
  experiment: async (family) => {
    const name = family.name('experiment');
    family.learn('experiment-name', name);
    const { json } = await family.do('createExperiment', { body: { name, tags: [note(family)] } });
    return json.experiment_id;
  },

  'experiment-name': alongWith('experiment', 'experiment-name'),

  run: async (family) => {
    const { json } = await family.do('createRun', {
      body: {
        experiment_id: await family.id('experiment'),
        run_name: family.name('run'),
        start_time: 1_700_000_000_000,
        tags: [note(family)],
      },
    });
    const { run_id, artifact_uri } = json.run.info;
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
    const { json } = await family.do('createLoggedModel', {
      body: {
        experiment_id: await family.id('experiment'),
        name: family.name('model').replaceAll('.', '-'),
        source_run_id: await family.id('run'),
        params: [{ key: 'note', value: family.text('param') }],
        tags: [note(family)],
      },
    });
    const { model_id, artifact_uri } = json.model.info;
    family.learn('logged-model-artifacts', artifact_uri);
    await upload(family, artifact_uri, 'secret.txt', 'model artifact');
    return model_id;
  },

  'logged-model-artifacts': alongWith('logged-model', 'logged-model-artifacts'),
};
