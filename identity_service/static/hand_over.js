// Hands the signed token over without a click. Without script, the button does the same.
document.getElementById("hand-over").requestSubmit();
