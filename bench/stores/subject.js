import { ENGINES } from './engines.js'
import { floor } from './floor.js'
import { BATCH, ours } from './ours.js'
import { peer } from './peer.js'

const IMPLEMENTATIONS = { floor, tokenloop: ours, 'better-auth': peer }

/** As it comes out of a header: in one piece. */
const received = (text) => Buffer.from(text, 'latin1').toString('latin1')

/** Before they are counted: connections are made, schemas are looked at, statements are prepared. */
const WARM = 20
const COUNTED = 20

/** How many statements a call takes. */
async function statementsOf({ counting }, subject, calls) {
  const call = await subject.begin()
  for (let i = 0; i < calls; i++) await call(i)
  const next = await subject.begin()
  const counted = counting()
  for (let i = 0; i < calls; i++) await next(i)
  return counted() / calls
}

/** What is measured of an implementation. */
const OPERATIONS = {
  verify(implementation, texts) {
    const shown = texts.map(received)
    return {
      begin: () => async (i) => {
        if (!(await implementation.verify(shown[i % shown.length]))) throw new Error('a token was refused')
      },
    }
  },
  issue: (implementation) => ({ begin: () => (i) => implementation.issue(`token ${i}`), most: 100 }),
  sweep(implementation, _, engine, link) {
    let round = 0
    return {
      begin: async () => {
        await implementation.due(engine, link, round++)
        return async () => {
          if ((await implementation.sweep()) !== BATCH) throw new Error('not all that was due was swept')
        }
      },
      most: 1,
    }
  },
}

export default async (engineName, place, operation, who, texts) => {
  const engine = ENGINES[engineName]
  const link = await engine.open(place)
  const implementation = await IMPLEMENTATIONS[who](engine, link)
  const subject = OPERATIONS[operation](implementation, texts, engine, link)
  const statements = await statementsOf(link, subject, Math.min(subject.most ?? WARM, COUNTED))
  return { ...subject, facts: { statements } }
}
