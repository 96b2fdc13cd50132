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
import { SERVERS } from './reach.js'

/** The databases that are there. */
export const places: readonly Place[] = PLACES.filter((place) => !(place in SERVERS) || isReached(place))

function isReached(place: Place): boolean {
  const reached: readonly string[] = inject('reached')
  return reached.includes(place)
}

/** Those that several processes can use at once. */
export const shared: readonly Place[] = places.filter((place) => place !== 'PGlite')

/** One connection to each database for a whole file of tests: PGlite takes its time to start. */
const kept = new Map<Place, Opened>()

afterAll(async () => {
  for (const opened of kept.values()) await opened.close()
  kept.clear()
})

/** Room for a store that no other test uses, without tables, until the test is over. */
export async function freshGround(place: Place) {
  const { opened, address } = await room(place)
  return { opened, address, ground: groundAt(opened, address.names) }
}

async function room(place: Place): Promise<{ opened: Opened; address: Address }> {
  const names = freshNames(place)
  if (place === 'SQLite') {
    const { file, remove } = await freshFile()
    const opened = open({ place, file })
    onTestFinished(async () => {
      await opened.close()
      await remove()
    })
    return { opened, address: { place, names, file } }
  }
  const opened = kept.get(place) ?? open({ place })
  kept.set(place, opened)
  onTestFinished(() => drop(opened, names))
  return { opened, address: { place, names } }
}
