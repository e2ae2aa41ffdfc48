/** A pod cannot be given a gateway; the message tells whoever made it what to do. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}
