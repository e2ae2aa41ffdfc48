import { TeamAtWork, type TeamOptions, type TeamReport } from './work.ts';

/**
 * A process of its own, so that the attackers' work is not measured with it. It is sent the teams, and then `take` or
 * `stop`, and answers `take` with what was seen since.
 */
let teams: readonly TeamAtWork[] = [];
process.on(
  'message',
  (message: { readonly start?: readonly TeamOptions[]; readonly ask?: 'take' | 'stop' }) => {
    if (message.start !== undefined) {
      teams = message.start.map((options) => new TeamAtWork(options));
      Promise.all(teams.map((team) => team.work())).then(
        () => process.exit(0),
        (error: Error) => {
          console.error(error);
          process.exit(1);
        },
      );
    } else if (message.ask === 'take') process.send!(merge(teams.map((team) => team.take())));
    else for (const team of teams) team.stop();
  },
);

function merge(reports: readonly TeamReport[]): TeamReport {
  return {
    latencies: reports.flatMap(({ latencies }) => latencies),
    probes: reports.flatMap(({ probes }) => probes),
    ids: reports.flatMap(({ ids }) => ids),
    failures: reports.flatMap(({ failures }) => failures),
  };
}
