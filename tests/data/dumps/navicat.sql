/*
Navicat MySQL Data Transfer

Source Server         : localhost
Source Server Version : 50733
Source Host           : localhost:3306
Source Database       : whmcs

Target Server Type    : MYSQL
Target Server Version : 50733
File Encoding         : 65001

Date: 2021-03-04 05:06:07
*/

SET FOREIGN_KEY_CHECKS=0;

-- ----------------------------
-- Table structure for `tblclients`
-- ----------------------------
DROP TABLE IF EXISTS `tblclients`;
CREATE TABLE `tblclients` (
  `id` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `companyname` text NOT NULL,
  `email` text NOT NULL,
  `city` text NOT NULL,
  `status` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

-- ----------------------------
-- Records of tblclients
-- ----------------------------
INSERT INTO `tblclients` VALUES (1, 'Ada', 'Adler', 'Adler GmbH', 'ada@qz1.example', 'Berlin', 'Active');
INSERT INTO `tblclients` VALUES (2, 'Ben', 'Brandt', '', 'ben@qz2.example', 'Bonn', 'Active');

-- ----------------------------
-- Table structure for `tblcontacts`
-- ----------------------------
DROP TABLE IF EXISTS `tblcontacts`;
CREATE TABLE `tblcontacts` (
  `id` int(10) NOT NULL,
  `userid` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `email` text NOT NULL,
  `subaccount` int(1) NOT NULL,
  `permissions` text NOT NULL,
  `invoiceemails` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;

-- ----------------------------
-- Records of tblcontacts
-- ----------------------------
INSERT INTO `tblcontacts` VALUES (1, 1, 'F1', 'L1', 'c1@qz1.example', 1, 'invoices,tickets', 1);
INSERT INTO `tblcontacts` VALUES (2, 1, 'F2', 'L2', 'c2@qz1.example', 1, 'invoices,tickets', 1);
INSERT INTO `tblcontacts` VALUES (3, 1, 'F3', 'L3', 'c3@qz1.example', 1, 'invoices,tickets', 1);
INSERT INTO `tblcontacts` VALUES (4, 1, 'F4', 'L4', 'c4@qz1.example', 1, 'invoices,tickets', 1);
INSERT INTO `tblcontacts` VALUES (5, 1, 'F5', 'L5', 'c5@qz1.example', 1, 'invoices,tickets', 1);
INSERT INTO `tblcontacts` VALUES (6, 1, 'F6', 'L6', 'c6@qz1.example', 1, 'invoices,tickets', 1);

