/** What parses addresses: here alone, so that the package as it is built has it in one place. */
export { default as ipaddr } from 'ipaddr.js'
