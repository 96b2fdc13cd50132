const WINDOW = 60_000
/** In one window, by one process. */
const MOST_IN_ALL = 120
const MOST_OF_A_HOST = 30
/** At once. */
const MOST_RUNNING = 20

/** How much may be fetched because somebody who is nobody yet says so. */
export class Budget {
  #began = 0
  #spent = 0
  #running = 0
  readonly #ofHosts = new Map<string, number>()

  /** Runs a fetch from a host, or says that there is nothing left for it. */
  async spend<T>(host: string, now: number, work: () => Promise<T>): Promise<T | 'over_budget'> {
    if (now - this.#began >= WINDOW || now < this.#began) {
      this.#began = now
      this.#spent = 0
      this.#ofHosts.clear()
    }
    const ofHost = this.#ofHosts.get(host) ?? 0
    if (this.#running >= MOST_RUNNING || this.#spent >= MOST_IN_ALL || ofHost >= MOST_OF_A_HOST) return 'over_budget'
    this.#spent++
    this.#running++
    this.#ofHosts.set(host, ofHost + 1)
    try {
      return await work()
    } finally {
      this.#running--
    }
  }
}
