import { afterAll, inject, onTestFinished } from 'vitest'
import {
  type Address,
  drop,
  freshFile,
  freshNames,
  groundAt,
  type Opened,
  open,
  PLACES,
  type Place,
} from './engines.js'
import { SERVERS, urlOf } from './reach.js'
import { mountDisk } from './small-disk.js'

/** The databases that are there. */
export const places: readonly Place[] = PLACES.filter((place) => !(place in SERVERS) || isReached(place))

function isReached(place: Place): boolean {
  const reached: readonly string[] = inject('reached')
  return reached.includes(place)
}

/** Those that several processes can use at once. */
export const shared = places.filter((place) => place !== 'PGlite')

/** One connection to each database for a whole file of tests: PGlite takes its time to start. */
const kept = new Map<Place, Opened>()
const cleanups: (() => Promise<void>)[] = []

/** Does something when all tests of the file are over, and its connections are still open. */
export const atEnd = (cleanup: () => Promise<void>) => void cleanups.push(cleanup)

afterAll(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  for (const opened of kept.values()) await opened.close()
  kept.clear()
})

/** The connection to a database that the tests of a file share; SQLite is in memory then. */
export function keptAt(place: Place): Opened {
  const opened = kept.get(place) ?? open({ place })
  kept.set(place, opened)
  return opened
}

/** Room for a store that no other test uses, without tables, until the test is over; SQLite has a file then. */
export async function freshGround(place: Place) {
  const { opened, address } = await room(place)
  return { opened, address, ground: groundAt(opened, address.names) }
}

async function room(place: Place): Promise<{ opened: Opened; address: Address }> {
  const names = freshNames(place)
  if (place !== 'SQLite') {
    const opened = keptAt(place)
    onTestFinished(() => drop(opened, names))
    return { opened, address: { place, names } }
  }
  const { file, remove } = await freshFile()
  const opened = open({ place, file })
  onTestFinished(async () => {
    await opened.close()
    await remove()
  })
  return { opened, address: { place, names, file } }
}

/** A database of its own until the test is over, as `STORE` names it: a URL, or a file. */
export async function freshDatabase(place: Exclude<Place, 'PGlite'>): Promise<string> {
  if (place === 'SQLite') {
    const { file, remove } = await freshFile()
    onTestFinished(remove)
    return file
  }
  const [name] = Object.values(freshNames(place)) as [string]
  const { query } = keptAt(place)
  await query(`CREATE DATABASE ${name}`)
  onTestFinished(async () => {
    await query(`DROP DATABASE ${name}`)
  })
  return Object.assign(new URL(urlOf(place)), { pathname: name }).href
}

/** A disk of so many megabytes until the test is over. */
export async function smallDisk(megabytes: number): Promise<string> {
  const { at, unmount } = await mountDisk(megabytes)
  onTestFinished(unmount)
  return at
}
