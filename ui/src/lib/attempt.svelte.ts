// Work that somebody asked for: what is under way, and why it failed the last time.

export class Attempt {
  /** What is under way, by its name. */
  doing = $state<string>();
  error = $state.raw<unknown>();

  get busy(): boolean {
    return this.doing !== undefined;
  }

  /** Never rejects: what went wrong is in `error`. */
  readonly run = async (work: () => Promise<void>, name = 'work'): Promise<void> => {
    this.doing = name;
    this.error = undefined;
    try {
      await work();
    } catch (failed) {
      this.error = failed;
    } finally {
      this.doing = undefined;
    }
  };
}
