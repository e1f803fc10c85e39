// The end of the script: everything has been read, the page can begin.
for (const f of begins) f();
tick();
open();
