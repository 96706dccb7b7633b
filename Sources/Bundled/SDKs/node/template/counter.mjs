/** Counts lines and words of a text that comes in parts. */
export class Counter {
  #minimum;
  #lines = 0;
  #words = 0;
  #rest = "";

  constructor(minimum) {
    this.#minimum = minimum;
  }

  add(part) {
    const lines = (this.#rest + part).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#take(line);
  }

  end() {
    if (this.#rest !== "") this.#take(this.#rest);
    this.#rest = "";
    return { lines: this.#lines, words: this.#words };
  }

  #take(line) {
    this.#lines += 1;
    this.#words += line.split(/\s+/).filter((word) => word !== "" && [...word].length >= this.#minimum).length;
  }
}
