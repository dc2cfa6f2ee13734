/** What is wrong with the environment, every problem at once. `runApp` prints the message and exits with 2. */
export class ConfigError extends Error {
  /** One line for each problem, beginning with the variable's name. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["The configuration is not valid:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
