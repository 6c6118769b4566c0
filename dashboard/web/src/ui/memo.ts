import { Component, type ComponentChild, type FunctionComponent } from "preact";

/** A view that redraws only when one of its properties is another value, so that one row redraws and not the table. */
export function memo<P extends object>(view: (props: P) => ComponentChild): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const keys = Object.keys(next) as (keyof P)[];
      return keys.length !== Object.keys(this.props).length || keys.some((key) => next[key] !== this.props[key]);
    }
    override render(): ComponentChild {
      return view(this.props as P);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
