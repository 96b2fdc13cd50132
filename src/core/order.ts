/** How many records of one millisecond are told apart; with it, orders are safe integers until the year 2255. */
const PER_MILLISECOND = 1000

/**
 * Makes the numbers by which records are listed newest first: the millisecond they were made in, and within it the order in
 * which this instance made them.
 */
export function createOrder(): (now: number) => number {
  let last = 0
  let count = 0
  return (now) => {
    count = now === last ? Math.min(count + 1, PER_MILLISECOND - 1) : 0
    last = now
    return now * PER_MILLISECOND + count
  }
}
