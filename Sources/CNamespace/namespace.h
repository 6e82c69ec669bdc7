#ifndef NAMESPACE_H
#define NAMESPACE_H

/// Moves the calling thread into a namespace (setns(2)). The C library has it, but Swift's module of that library does
/// not show what is declared for GNU sources only.
extern int setns(int descriptor, int type);

#endif
