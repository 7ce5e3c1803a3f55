"""Correcting label images: what each tool changes, as values; and one order of undo for all of them.

Pure functions and values: no layer, no window, no file, no network is known here.

An **operation** (`split`, `shape`, `outline`, `pieces`, `place`, `whole`) takes an `Objects` (one plane's
label image and where its objects lie) and gives an `Edit`: which pixels change, and what they were and
become. It changes nothing itself, and computes only in the boxes of the objects it touches. What cannot be
done is an `EditError`, one sentence for the person.

A `Correction` is one image being corrected. It writes edits to a `Surface` (an array, or a window's layer),
keeps its `Objects` true, and remembers every action as a `Step` of one `History`: pixels together with whatever
else the action changed (checked objects, classes, the ignore region, status).

How a window puts it to use is written in `editing.correction`.

Rules that hold for all operations
----------------------------------
- 0 is background. A new object gets the highest id of its plane plus one; if that does not fit the array's data type,
  the edit says so (`Edit.fits`), and `Correction` widens the array first.
- A tool never changes another object than those it names, but for `place.add` with ``over=True``, and `outline`,
  which draws on top of all objects that it is not told to keep.
- No tool makes an object vanish unless that is what it is for (`delete`, `merge`, `keep_largest` of its small
  pieces, `add` with ``over=True``, `outline` of what was in pieces): it refuses.
- Labels under the *ignore* region are labels like any others: marking a region changes no label, and no tool
  asks for it.
"""
