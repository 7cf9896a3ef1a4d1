/**
 * A box to sign in, on a page without a login: finger, pen or mouse. Works alone, so that the page
 * needs no bundle of the server's; what is drawn is sent as a PNG with the form.
 */
(function () {
    "use strict";

    const WIDTH_OF_LINE = 3;
    const form = document.getElementById("sign");
    const canvas = form.querySelector("canvas");
    const field = form.elements.signature;
    const context = canvas.getContext("2d");
    let last = null;
    let isEmpty = true;

    function fit() {
        // two points for each of the screen's are enough for a signature
        const scale = Math.min(window.devicePixelRatio || 1, 2);
        const box = canvas.getBoundingClientRect();
        canvas.width = Math.round(box.width * scale);
        canvas.height = Math.round(box.height * scale);
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.lineWidth = WIDTH_OF_LINE;
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = "#10233a";
        clear(); // the tablet was turned: a squeezed signature is none
    }

    function clear() {
        context.save();
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.restore();
        isEmpty = true;
        field.value = "";
    }

    function place(event) {
        const box = canvas.getBoundingClientRect();
        return { x: event.clientX - box.left, y: event.clientY - box.top };
    }

    function line(from, to) {
        context.beginPath();
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
        context.stroke();
        isEmpty = false;
    }

    canvas.addEventListener("pointerdown", (event) => {
        if (!event.isPrimary) {
            return; // the palm of the hand
        }
        event.preventDefault();
        canvas.setPointerCapture(event.pointerId);
        last = place(event);
        line(last, { x: last.x + 0.1, y: last.y });
    });
    canvas.addEventListener("pointermove", (event) => {
        if (!last || !event.isPrimary) {
            return;
        }
        const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        for (const part of parts.length ? parts : [event]) {
            const next = place(part);
            line(last, next);
            last = next;
        }
    });
    for (const name of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(name, () => (last = null));
    }

    document.getElementById("clear").addEventListener("click", clear);
    form.addEventListener("submit", () => {
        field.value = isEmpty ? "" : canvas.toDataURL("image/png");
    });

    let width = 0;
    window.addEventListener("resize", () => {
        // a phone's address bar that hides changes the height only: what is drawn stays
        if (width !== window.innerWidth) {
            width = window.innerWidth;
            fit();
        }
    });
    width = window.innerWidth;
    fit();
})();
