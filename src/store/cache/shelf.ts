/** Keeps so many values by name; the one that was put there longest ago makes room. */
export class Shelf<T> {
  readonly #most: number
  readonly #values = new Map<string, T>()

  constructor(most: number) {
    this.#most = most
  }

  get(name: string): T | undefined {
    return this.#values.get(name)
  }

  put(name: string, value: T): void {
    this.#values.delete(name)
    this.#values.set(name, value)
    if (this.#values.size <= this.#most) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      break
    }
  }

  drop(name: string): void {
    this.#values.delete(name)
  }
}
