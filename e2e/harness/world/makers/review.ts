import { serializedScorer } from '../../scorer.ts';
import { NotServed } from '../family.ts';
import { alongWith, type Makers } from './maker.ts';

/** Scorers, issues, label schemas, review queues. */
export const REVIEW: Makers = {
  scorer: async (family) => {
    const name = family.name('scorer');
    const { json } = await family.do('registerScorer', {
      body: {
        experiment_id: await family.id('experiment'),
        name,
        serialized_scorer: serializedScorer(name),
      },
    });
    family.learn('scorer-name', name);
    // Before 3.6 scorers have a name and no id.
    if (json.scorer_id === undefined) throw new NotServed('scorer ids');
    return json.scorer_id;
  },

  'scorer-name': alongWith('scorer', 'scorer-name'),

  /** A scorer that judges through the family's AI-gateway endpoint, as online scoring wants. */
  'judge-name': async (family) => {
    const name = family.name('judge');
    await family.id('gateway-endpoint');
    const endpoint = await family.id('gateway-endpoint-name');
    const body = {
      experiment_id: await family.id('experiment'),
      name,
      serialized_scorer: serializedScorer(name, `gateway:/${endpoint}`),
    };
    // Endpoints can be the platform admin's alone.
    await family.do('registerScorer', { body }, family.owner.across);
    return name;
  },

  issue: async (family) => {
    const { json } = await family.do('createIssue', {
      body: {
        experiment_id: await family.id('experiment'),
        name: family.name('issue'),
        description: family.text('description'),
        source_run_id: await family.id('run'),
      },
    });
    return json.issue.issue_id;
  },

  'label-schema': async (family) => {
    const name = family.name('schema');
    const { json } = await family.do('createLabelSchema', {
      body: {
        experiment_id: await family.id('experiment'),
        name,
        type: 'FEEDBACK',
        input: { categorical: { options: [family.text('option'), 'no'] } },
        instruction: family.text('instruction'),
      },
    });
    family.learn('label-schema-name', name);
    return json.label_schema.schema_id;
  },

  'label-schema-name': alongWith('label-schema', 'label-schema-name'),

  'review-queue': async (family) => {
    const name = family.name('queue');
    const { json } = await family.do('createReviewQueue', {
      body: {
        experiment_id: await family.id('experiment'),
        name,
        queue_type: 'CUSTOM',
        users: [family.name('user')],
        schema_ids: [await family.id('label-schema')],
      },
    });
    family.learn('review-queue-name', name);
    return json.review_queue.queue_id;
  },

  'review-queue-name': alongWith('review-queue', 'review-queue-name'),

  /** MLflow names an item by its trace. */
  'review-item': async (family) => {
    const item = await family.id('trace');
    await family.do('addItemsToReviewQueue', {
      body: { queue_id: await family.id('review-queue'), item_type: 'TRACE', item_ids: [item] },
    });
    return item;
  },
};
