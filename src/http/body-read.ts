import { TokenloopError } from '../core/errors.js'

/** What is wrong with a host whose parsers come first: their outcome cannot be checked as strictly as the bytes. */
export const bodyRead = (): TokenloopError =>
  new TokenloopError(
    'body_read',
    'something read the body of the request before the library could: mount the library before what parses bodies, or let it keep the bytes',
  )
