/* modes_image.S - the boot sector's bytes as modes_image .. modes_image_end. */
    .section .rodata
    .globl modes_image, modes_image_end
modes_image:
    .incbin MODES_IMAGE
modes_image_end:
    .section .note.GNU-stack, "", @progbits
