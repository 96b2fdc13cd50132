/*
 * A checker of histories: what several callers did to one thing at the same time has to be what they could have done one after another,
 * in an order that no caller can tell from what they saw: nothing that had returned before another call began comes after it.
 */

/** A call, from before it was made until its answer was there, by one counter of the test. */
export interface Call<Op, Outcome> {
  readonly from: number
  readonly to: number
  readonly op: Op
  readonly outcome: Outcome
}

/** What a call does to a state, where it comes next: the state after it, or `undefined` where it could not have that outcome. */
export type Model<State, Op, Outcome> = (state: State, op: Op, outcome: Outcome) => State | undefined

/** Notes calls as they are made. */
export function createHistory<Op, Outcome>() {
  const calls: Call<Op, Outcome>[] = []
  let moment = 0
  return {
    calls: calls as readonly Call<Op, Outcome>[],
    async record(op: Op, run: () => Promise<Outcome>): Promise<Outcome> {
      const from = moment++
      const outcome = await run()
      calls.push({ from, to: moment++, op, outcome })
      return outcome
    },
  }
}

/** Whether there is an order in which the model explains all calls. States are compared by their JSON. */
export function isLinearizable<State, Op, Outcome>(
  calls: readonly Call<Op, Outcome>[],
  initial: State,
  model: Model<State, Op, Outcome>,
): boolean {
  const dead = new Set<string>()
  const search = (left: readonly number[], state: State): boolean => {
    if (left.length === 0) return true
    const key = `${left.join(',')} ${JSON.stringify(state)}`
    if (dead.has(key)) return false
    // What comes next began before any other one that is left had returned.
    const firstEnd = Math.min(...left.map((i) => calls[i]?.to ?? 0))
    for (const i of left) {
      const call = calls[i]
      if (call === undefined || call.from > firstEnd) continue
      const next = model(state, call.op, call.outcome)
      if (
        next !== undefined &&
        search(
          left.filter((other) => other !== i),
          next,
        )
      )
        return true
    }
    dead.add(key)
    return false
  }
  return search(
    calls.map((_, i) => i),
    initial,
  )
}
