/** What is made of something that may be replaced by another: made again when it was, and not before. */
export function derived<From extends object, Made>(from: () => From, make: (from: From) => Made): () => Made {
  let known: { readonly from: From; readonly made: Made } | undefined;
  return () => {
    const now = from();
    if (known?.from !== now) known = { from: now, made: make(now) };
    return known.made;
  };
}
