import { NotServed } from '../../requests/operations.ts';
import { serializedScorer } from '../../scorer.ts';
import type { Makers } from '../family.ts';
import { createIssue, createLabelSchema, createReviewQueue, registerScorer } from '../resources.ts';
import { alongWith } from './maker.ts';

/** Scorers, issues, label schemas, review queues. */
export const REVIEW: Makers = {
  scorer: async (family) => {
    const name = family.name('scorer');
    const id = await registerScorer(family.send, { experiment_id: await family.id('experiment'), name });
    family.learn('scorer-name', name);
    if (id === undefined) throw new NotServed('scorer ids');
    return id;
  },

  'scorer-name': alongWith('scorer', 'scorer-name'),

  /** A scorer that calls the family's AI-gateway endpoint, as online scoring requires. */
  'model-scorer-name': async (family) => {
    const name = family.name('model-scorer');
    await family.id('gateway-endpoint');
    const endpoint = await family.id('gateway-endpoint-name');
    const body = {
      experiment_id: await family.id('experiment'),
      name,
      serialized_scorer: serializedScorer(name, `gateway:/${endpoint}`),
    };
    // Endpoints may require a platform-admin.
    await family.do('registerScorer', { body }, family.owner.across);
    return name;
  },

  issue: async (family) =>
    createIssue(family.send, {
      experiment_id: await family.id('experiment'),
      name: family.name('issue'),
      description: family.text('description'),
      source_run_id: await family.id('run'),
    }),

  'label-schema': async (family) => {
    const name = family.name('schema');
    const id = await createLabelSchema(family.send, {
      experiment_id: await family.id('experiment'),
      name,
      input: { categorical: { options: [family.text('option'), 'no'] } },
      instruction: family.text('instruction'),
    });
    family.learn('label-schema-name', name);
    return id;
  },

  'label-schema-name': alongWith('label-schema', 'label-schema-name'),

  'review-queue': async (family) => {
    const name = family.name('queue');
    const id = await createReviewQueue(family.send, {
      experiment_id: await family.id('experiment'),
      name,
      users: [family.name('user')],
      schema_ids: [await family.id('label-schema')],
    });
    family.learn('review-queue-name', name);
    return id;
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
