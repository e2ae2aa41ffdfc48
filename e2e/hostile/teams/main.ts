import { TeamAtWork, type TeamOptions, type TeamReport } from './work.ts';

/**
 * A separate process, so that the load of the attackers is not measured with it. It receives the teams, and then `take` or
 * `stop`, and answers `take` with the measurements since the last one.
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
