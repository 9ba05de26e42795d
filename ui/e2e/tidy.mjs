//! What a test has to put away at its end, the newest first, whatever happened to the test.

export class Tidy {
  #tasks = [];

  later(task) {
    this.#tasks.push(task);
  }

  /** Puts everything away; the first failure is thrown when all is done. */
  async run() {
    const failures = [];
    for (const task of this.#tasks.splice(0).reverse()) {
      try {
        await task();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
