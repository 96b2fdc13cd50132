import { randomBytes } from 'node:crypto'
import type { Rows } from './rows.js'

/** A stream that goes on by itself, day and night. */
export interface Stream {
  readonly id: string
  readonly name: string
  readonly status: 'live' | 'idle'
  readonly created_at: string
}

/** What a stream plays. */
export interface Playlist {
  readonly id: string
  readonly name: string
  readonly tracks: number
  readonly created_at: string
}

export interface Billing {
  readonly plan: string
  readonly balance: { readonly amount: string; readonly currency: string }
  readonly hours_streamed: number
}

/** The kinds of things that an account has, with what somebody has who comes for the first time: the oldest first. */
const FIRST = {
  stream: [
    { name: 'Sleep sounds', status: 'idle' },
    { name: 'Jazz for a rainy evening', status: 'live' },
    { name: 'Lofi beats, day and night', status: 'live' },
  ],
  playlist: [
    { name: 'Rain and thunder', tracks: 18 },
    { name: 'Lofi beats', tracks: 64 },
  ],
} as const

const DAY = 86_400_000

type ThingKind = keyof typeof FIRST

/** The host's business data: streams, playlists and bills, of each user their own. */
export class Library {
  readonly #rows: Rows
  readonly #now: () => number

  constructor(rows: Rows, now: () => number) {
    this.#rows = rows
    this.#now = now
  }

  /** Gives a user who signs in for the first time something to look at. */
  async welcome(user: string): Promise<void> {
    if (!(await this.#rows.add('user', { id: user, owner: user, value: '' }, this.#now()))) return
    for (const [kind, things] of Object.entries(FIRST)) {
      for (const [i, thing] of things.entries()) {
        await this.#add(kind as ThingKind, user, thing, this.#now() - (things.length - i) * DAY)
      }
    }
  }

  streams(user: string): Promise<readonly Stream[]> {
    return this.#list<Stream>('stream', user)
  }

  addStream(user: string, name: string): Promise<Stream> {
    return this.#add('stream', user, { name, status: 'idle' as const })
  }

  /** Whether there was such a stream. */
  removeStream(user: string, id: string): Promise<boolean> {
    return this.#rows.remove('stream', id, user)
  }

  playlists(user: string): Promise<readonly Playlist[]> {
    return this.#list<Playlist>('playlist', user)
  }

  billing(_user: string): Billing {
    return { plan: 'Creator', balance: { amount: '24.00', currency: 'EUR' }, hours_streamed: 1312 }
  }

  async #add<Thing extends object>(kind: ThingKind, user: string, thing: Thing, now = this.#now()) {
    const id = `${kind}_${randomBytes(8).toString('hex')}`
    const made = { id, ...thing, created_at: new Date(now).toISOString() }
    await this.#rows.add(kind, { id, owner: user, value: JSON.stringify(made) }, now)
    return made
  }

  async #list<Thing>(kind: ThingKind, user: string): Promise<readonly Thing[]> {
    const rows = await this.#rows.list(kind, user)
    return rows.map(({ value }): Thing => JSON.parse(value))
  }
}
