/** Undo and redo: one entry per gesture. Entries are never changed, only replaced. */
export class History {
  /** @param {object} start */
  constructor(start) {
    this.past = [];
    this.now = start;
    this.future = [];
  }

  /** A new step. @param {object} next */
  push(next) {
    this.past.push(this.now);
    this.now = next;
    this.future = [];
  }

  /** The step that is under way moves on, without becoming a second one. @param {object} next */
  amend(next) {
    this.now = next;
  }

  /** @returns {boolean} Whether there was a step to take back. */
  undo() {
    if (!this.past.length) return false;
    this.future.push(this.now);
    this.now = this.past.pop();
    return true;
  }

  /** @returns {boolean} Whether there was a step to take again. */
  redo() {
    if (!this.future.length) return false;
    this.past.push(this.now);
    this.now = this.future.pop();
    return true;
  }
}
