/**
 * Which records are known to have moved, and in what order. It keeps the latest `most` of them in mind, and holds whatever was read
 * before the others for moved.
 */
export class Moves {
  readonly #most: number
  readonly #latest = new Map<string, number>()
  #order = 0
  #forgotten = 0

  constructor(most: number) {
    this.#most = most
  }

  /** How many moves there have been. */
  get order(): number {
    return this.#order
  }

  note(name: string): void {
    this.#order++
    this.#latest.delete(name)
    this.#latest.set(name, this.#order)
    if (this.#latest.size <= this.#most) return
    for (const [oldest, order] of this.#latest) {
      this.#latest.delete(oldest)
      this.#forgotten = order
      break
    }
  }

  /** Whether none of these has moved since there had been so many moves. */
  haveSpared(names: readonly string[], order: number): boolean {
    return order >= this.#forgotten && names.every((name) => (this.#latest.get(name) ?? 0) <= order)
  }
}
